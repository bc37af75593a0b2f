"""The viewer: a small web application on the user's own machine.

`library` knows the recordings, `desk` holds one recording's session and table, `review`
lays marks on a detection; `reading`, `writing`, `finding` and `teaching` are the routes,
`guard` decides who may ask, `server` puts them together.
"""
