"""XMP packets: the mark that a picture comes from a model, and our record where a format has no other room for it."""

from __future__ import annotations

import hashlib
from xml.etree import ElementTree
from xml.sax.saxutils import escape

GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for a picture that a trained model made alone."""
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""... and for one that began with somebody's own picture."""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMESPACES = {
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "hiprompt": "urn:hiprompt:xmp:1/",
}

JPEG_MOST = 65_000
"""Bytes of a packet that surely fit into one segment of a JPEG file."""
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"


def xmp_packet(source_type: str, program: str, record: str = "") -> bytes:
    """A packet in UTF-8.

    Args:
        source_type: ``GENERATED`` or ``COMPOSITE``.
        program: who wrote the picture.
        record: our record as JSON; empty: left out.
    """
    values = {"Iptc4xmpExt:DigitalSourceType": source_type, "xmp:CreatorTool": program, "hiprompt:Record": record}
    return _packet({name: value for name, value in values.items() if value})


def _packet(values: dict[str, str]) -> bytes:
    prefixes = sorted({name.partition(":")[0] for name in values})
    spaces = "".join(f' xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in prefixes)
    lines = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about=""{spaces}>{lines}</rdf:Description></rdf:RDF>'
        '</x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def xmp_value(packet: bytes, name: str) -> str:
    """A property such as ``Iptc4xmpExt:DigitalSourceType``; empty when it is absent or the packet is damaged."""
    prefix, _, word = name.partition(":")
    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \r\n\t"))
    except (ElementTree.ParseError, ValueError, LookupError):
        return ""
    found = root.find(f".//{{{NAMESPACES[prefix]}}}{word}")
    if found is not None:
        return found.text or ""
    attributes = (node.get(f"{{{NAMESPACES[prefix]}}}{word}") for node in root.iter(f"{{{RDF}}}Description"))
    return next((value for value in attributes if value), "")


def jpeg_segments(source_type: str, program: str, record: str) -> tuple[bytes, bytes]:
    """The packet for a JPEG file and, where the record is too long for it, raw segments of extended XMP."""
    whole = xmp_packet(source_type, program, record)
    if len(whole) <= JPEG_MOST:
        return whole, b""
    more = _packet({"hiprompt:Record": record})
    digest = hashlib.md5(more, usedforsecurity=False).hexdigest().upper()
    main = _packet(
        {
            "Iptc4xmpExt:DigitalSourceType": source_type,
            "xmp:CreatorTool": program,
            "xmpNote:HasExtendedXMP": digest,
        }
    )
    segments = b""
    for start in range(0, len(more), JPEG_MOST):
        header = EXTENSION + digest.encode() + len(more).to_bytes(4, "big") + start.to_bytes(4, "big")
        body = header + more[start : start + JPEG_MOST]
        segments += b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    return main, segments


def extended_xmp(segments: list[bytes], digest: str) -> bytes:
    """The long packet from the APP1 segments of a JPEG file; empty when a part is missing."""
    header = EXTENSION + digest.encode()
    parts = [segment[len(header) :] for segment in segments if segment.startswith(header)]
    whole = b"".join(part[8:] for part in sorted(parts, key=lambda part: part[4:8]))
    return whole if parts and len(whole) == int.from_bytes(parts[0][:4], "big") else b""
