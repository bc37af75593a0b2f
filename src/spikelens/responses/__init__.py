"""Responses to stimuli: trials around each, rates against the spontaneous, latencies, tuning."""
