"""States as people are told them, in Chinese."""

from __future__ import annotations

from schemas.alerts import AlertState

STATE_WORDS = {
    AlertState.FIRING: "报警",
    AlertState.RECOVERING: "恢复中",
    AlertState.RESOLVED: "已恢复",
    AlertState.WITHDRAWN: "已撤回",
}
