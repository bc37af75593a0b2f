"""Current steps: the protocol recognised, each sweep and the cell measured, figures and report."""
