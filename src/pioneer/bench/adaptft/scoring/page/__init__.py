"""The report of AdaptFT-Bench as one HTML page."""
