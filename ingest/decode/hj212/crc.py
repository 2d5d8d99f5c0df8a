"""The check values that frames carry."""

from __future__ import annotations

from schemas.hj212 import CrcVariant


def _shift_8(register: int) -> int:
    for _ in range(8):
        register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


_TABLE = tuple(_shift_8(byte) for byte in range(256))
_HIGH = bytes(entry >> 8 for entry in _TABLE)


def crc_hj212(segment: bytes) -> int:
    """The check value of HJ 212-2017 Annex A over the data segment, 0..0xFFFF.

    ``register = (register >> 8) ^ byte`` throws the low byte away, so that only 256 values exist: it is an
    8-bit check, and one damaged frame in 256 passes. It does see every change of a single byte.
    """
    if not segment:
        return 0xFFFF
    high = 0xFF
    for byte in segment[:-1]:
        high = _HIGH[high ^ byte]
    return _TABLE[high ^ segment[-1]]


def crc_modbus(segment: bytes) -> int:
    """Modbus CRC-16, 0..0xFFFF."""
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ _TABLE[(register ^ byte) & 0xFF]
    return register


def check_value(segment: bytes, variant: CrcVariant = CrcVariant.STRICT) -> bytes:
    """The four hexadecimal digits that follow the segment in a frame."""
    if variant is CrcVariant.STRICT:
        return b"%04X" % crc_hj212(segment)
    return crc_modbus(segment).to_bytes(2, "little").hex().upper().encode()
