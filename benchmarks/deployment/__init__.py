"""The deployment of the paper: 30 intents of CLINC150 that are easily confused."""
