"""Measurements of videos."""
