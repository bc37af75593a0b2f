"""What the build adds to the pages of docs/: pages made from declarations, figures and tables."""
