"""AdaptFT-Bench: noisy inference logs in stages, and what adapting to them gains."""
