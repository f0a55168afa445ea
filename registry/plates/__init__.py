"""Nameplates on paper: keys, layouts as data, QR codes as vectors, sheets as PDF. Knows no requests."""
