"""The 2017 study on any recording: weak labels, pictures, a classifier with priors, and a report."""
