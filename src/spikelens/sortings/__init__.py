"""A recording's sorted units: their quality, what they are beside the truth, figures and report."""
