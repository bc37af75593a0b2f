"""The quality of a recording over time, and what of it had better be left out.

`measure_quality` is the verb. It proposes and says why; it leaves nothing out.
"""
