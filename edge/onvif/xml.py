"""XML from strangers: bounded, without document types, entities or anything fetched."""

from lxml import etree

from placewatch.errors import StreamError

MAX_BYTES = 1024 * 1024
"""A camera with 64 profiles answers in a tenth of this."""


def parse(content: bytes, *, where: str) -> etree._Element:
    """The root element of an answer.

    Args:
        content: As it came.
        where: Who sent it, for the error.

    Raises:
        StreamError: It is too large, no XML, or has a document type (and so may have entities).
    """
    if len(content) > MAX_BYTES:
        raise hostile(where, f"answers with more than {MAX_BYTES >> 20} MiB")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise hostile(where, "answers with something that is no XML") from error
    if root.getroottree().docinfo.doctype:
        raise hostile(where, "answers with a document type, which SOAP forbids")
    return root


def hostile(where: str, message: str) -> StreamError:
    """An answer that no camera in its right mind gives."""
    return StreamError(message, where=where, remedy="look at the device; give its stream's address by hand")
