"""Kernels: numba functions on arrays; they know nothing of our types."""
