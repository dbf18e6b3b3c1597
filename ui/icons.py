"""Outlines of 16x16, drawn with the colour of the text beside them, and that never alone."""

from __future__ import annotations

ICONS = {
    "answered": '<path d="M3 8.5l3.2 3.2L13 5"/>',
    "partial": '<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5a5.5 5.5 0 010 11z" fill="currentColor"/>',
    "conflicting": '<path d="M2.5 5.5h9M9 3l2.7 2.5L9 8M13.5 10.5h-9M7 8l-2.7 2.5L7 13"/>',
    "superseded": '<circle cx="8" cy="8" r="5.5"/><path d="M8 4.5V8l2.5 1.8"/>',
    "not_found": '<circle cx="8" cy="8" r="5.5"/><path d="M4.2 11.8l7.6-7.6"/>',
    "failed": '<path d="M8 2.5l6 10.5H2z"/><path d="M8 6.5v3M8 11.2v.3"/>',
    "stopped": '<rect x="4" y="4" width="8" height="8"/>',
    "copy": '<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 2.5h-8v8"/>',
    "link": (
        '<path d="M6.5 9.5l3-3M7.5 4.5l1.6-1.6a2.8 2.8 0 014 4L11.5 8.5M8.5 11.5l-1.6 1.6a2.8 2.8 0 01-4-4L4.5 7.5"/>'
    ),
    "retry": '<path d="M13 8a5 5 0 11-1.6-3.7M13 2.5v3h-3"/>',
    "edit": '<path d="M3 13l.6-2.6 7.2-7.2 2 2-7.2 7.2z"/>',
    "thumb-up": (
        '<path d="M5.5 7.5L8 2.5c1 0 1.6.7 1.6 1.7L9.3 6.5h3.2c.8 0 1.3.7 1.1 1.4l-1 '
        '4.2c-.1.6-.6.9-1.1.9h-6zM5.5 7.5H3V13h2.5"/>'
    ),
    "thumb-down": (
        '<path d="M5.5 8.5L8 13.5c1 0 1.6-.7 1.6-1.7L9.3 9.5h3.2c.8 0 1.3-.7 '
        '1.1-1.4l-1-4.2c-.1-.6-.6-.9-1.1-.9h-6zM5.5 8.5H3V3h2.5"/>'
    ),
    "add": '<path d="M8 10.5v-8M4.8 5.5L8 2.3l3.2 3.2M2.5 9.5v4h11v-4"/>',
    "working": '<circle cx="8" cy="8" r="5.5" stroke-dasharray="20 15"/>',
}
