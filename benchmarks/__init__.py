"""Measurements that anyone can run again; each says how in its first lines."""
