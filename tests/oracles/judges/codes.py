"""Judges of the QR code on page 1: zbar and ZXing, on a clean raster and on a poor copy of it."""

import subprocess

from PIL import Image, ImageFilter

from .asking import NotAsked, Refused, refuse_unless, run

DPI = 150  # what a cheap office scanner gives
BLUR = 1.0  # radius of the Gaussian blur, pixels: a lens out of focus
TURN = 7  # degrees: a page laid down in haste
JPEG = 40  # quality: what a chat program leaves of a photograph


def raster(job):
    """The first page as a picture, made once."""
    image = job.folder / "page.png"
    if not image.exists():
        run("pdftoppm", "-r", DPI, "-f", 1, "-l", 1, "-singlefile", "-png", job.pdf, image.with_suffix(""))
    refuse_unless(image.exists(), "page 1 cannot be drawn")
    return image


def poor(job):
    """The first page as a poor copy: grey, blurred, turned and compressed all at once."""
    image = job.folder / "page.jpg"
    if not image.exists():
        degrade(raster(job), image)
    return image


def degrade(clean, target):
    """Writes what is left of a picture after a bad scan."""
    with Image.open(clean) as page:
        grey = page.convert("L").filter(ImageFilter.GaussianBlur(BLUR))
        turned = grey.rotate(TURN, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        turned.save(target, "JPEG", quality=JPEG)


def by_zbar(image):
    """What zbar reads at first try."""
    options = ["--nodbus", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]
    _, said = run("zbarimg", *options, image, stderr=subprocess.DEVNULL)
    return said.splitlines()


def by_zxing(image):
    """What ZXing reads at first try."""
    import zxingcpp

    with Image.open(image) as picture:
        codes = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in codes]


def asked(job, read, picture):
    """Has a reader read a picture and compares with what the code must say."""
    if job.qr is None:
        raise NotAsked("no text of the QR code was given")
    said = read(picture(job))
    if said != [job.qr]:
        raise Refused(f"read {said}" if said else "no code seen")
    return f"{len(job.qr)} characters"


def zbar(job):
    """The clean raster."""
    return asked(job, by_zbar, raster)


def zxing(job):
    """The clean raster."""
    return asked(job, by_zxing, raster)


def zbar_poor(job):
    """The poor copy."""
    return asked(job, by_zbar, poor)


def zxing_poor(job):
    """The poor copy."""
    return asked(job, by_zxing, poor)
