"""The headers of every answer of both sides, errors and unreadable requests included (B8, B12, B18, B19)."""

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# All that Chromium 156 knows by name, but for the client hints it sends only when asked; other browsers pass over what
# they do not know. The pages ship no script that could use any of it: this is for the day when a page does by mistake.
DENIED_FEATURES = tuple(
    """
    accelerometer aria-notify autoplay browsing-topics camera captured-surface-control ch-ua
    ch-ua-mobile ch-ua-platform clipboard-read clipboard-write compute-pressure
    cross-origin-isolated deferred-fetch deferred-fetch-minimal digital-credentials-create
    digital-credentials-get display-capture encrypted-media fullscreen gamepad geolocation
    gyroscope hid identity-credentials-get idle-detection interest-cohort keyboard-map
    language-detector language-model local-fonts local-network local-network-access
    loopback-network magnetometer media-playback-while-not-visible microphone midi
    on-device-speech-recognition otp-credentials payment picture-in-picture
    private-state-token-issuance private-state-token-redemption publickey-credentials-create
    publickey-credentials-get screen-wake-lock serial speaker-selection storage-access
    summarizer sync-xhr translator unload usb window-management xr-spatial-tracking
    """.split()  # noqa: SIM905 - sixty names in twelve lines
)
HEADERS = {
    # Nothing of any page stays in a shared computer's cache (B12), the style sheet and the icon included: they would
    # tell that somebody was here. They are so small that they may travel with every page.
    "Cache-Control": "no-store",
    # Not no-referrer: then browsers say `Origin: null` with our own forms, as with those of a hidden stranger (B7).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in DENIED_FEATURES),
}
HSTS = "max-age=63072000; includeSubDomains"
