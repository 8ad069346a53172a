"""The stages of the production loop: from the log to the evidence that a gate asks for."""
