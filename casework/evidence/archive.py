"""Files on their way out of the office, as one archive: made while it is sent, and never whole anywhere here."""

import io
import zipfile
from collections.abc import Iterable, Iterator

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PRIVATE = 0o100600 << 16

Member = tuple[str, Iterable[bytes]]


def archive(members: Iterable[Member]) -> Iterator[bytes]:
    """Give the bytes of a ZIP archive of these names and contents, which tells no time and no system (E5).

    Where a content raises, the archive ends without its directory: no program takes it for a whole one (F10).
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w") as packed:
        for name, chunks in members:
            with packed.open(_named(name), "w", force_zip64=True) as member:
                for chunk in chunks:
                    member.write(chunk)
                    yield outlet.taken()
    yield outlet.taken()


def _named(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system, info.external_attr = 3, _PRIVATE
    return info


class _Outlet(io.BytesIO):
    """Where the archive is written to: what was written since it was last asked."""

    def seekable(self) -> bool:
        """Nothing that was taken can be written again."""
        return False

    def tell(self) -> int:
        """Likewise nobody can come back to a place: zipfile counts by itself."""
        raise io.UnsupportedOperation

    def taken(self) -> bytes:
        """Give what was written, once."""
        taken = self.getvalue()
        self.seek(0)
        self.truncate()
        return taken
