"""The membrane potential without its spikes: bridged, averaged, its states, and what spikes follow.

`measure_membrane` is the verb; `writing` makes the folder that ``spikelens membrane`` leaves.
"""
