"""Public recordings by name: a small catalogue, and a download that resumes and checks."""
