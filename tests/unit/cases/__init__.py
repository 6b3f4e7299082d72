"""Dossiers that become cases, verb by verb."""
