"""How the shipped model of the default detector was made: ``python -m spikelens.training``.

It learns from simulated recordings alone, of cells, electrodes and rigs drawn far more
widely than any level of the benchmark.
"""
