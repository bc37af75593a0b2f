"""Kinds of spikes of one cell, and how it fires: rules written down, each with the numbers it rests on."""
