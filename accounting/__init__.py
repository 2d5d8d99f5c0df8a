"""The arithmetic: hours, meter steps, green power, emissions. Pure: no I/O, and `now` is an argument."""
