"""The version of this package, in a room that anything may import."""

VERSION = "0.1.0"
