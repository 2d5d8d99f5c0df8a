"""Concentrations: means with their validity, conversions with their inputs, mass rates, rates of transmission. Pure."""
