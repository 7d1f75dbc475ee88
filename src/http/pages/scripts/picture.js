// A QR out of a photo or a camera: by the browser's own detector where it has one, else by the decoder beside us.
// Pictures stay on this machine.
"use strict";

(function (mz) {
  /** Longest sides, in pixels, at which a photo is looked at: a QR fills more or less of it. */
  const SIDES = [1200, 2000, 700];
  const BETWEEN_LOOKS = 150;

  let detector;

  /** The browser's own detector of QR codes, or null. */
  async function own() {
    if (detector === undefined) {
      const kinds = await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => []);
      detector = kinds?.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
    }
    return detector;
  }

  /** The pixels of a picture, no side longer than `longest`. */
  function pixels(source, width, height, longest) {
    const scale = Math.min(1, longest / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  /** The text of a QR in pixels, or null. */
  function decode(image) {
    try {
      return mz.decodeQR(image);
    } catch {
      return null; // the decoder throws where it finds none
    }
  }

  /** The text of the QR in a file, or null. Throws where the file is no picture. */
  async function readPhoto(file) {
    const bitmap = await createImageBitmap(file);
    try {
      const found = await (await own())?.detect(bitmap).catch(() => []);
      if (found?.length) return found[0].rawValue;
      for (const side of SIDES) {
        const text = decode(pixels(bitmap, bitmap.width, bitmap.height, side));
        if (text) return text;
        if (side >= Math.max(bitmap.width, bitmap.height) && side === SIDES[1]) break;
      }
      return null;
    } finally {
      bitmap.close();
    }
  }

  /** Looks through the camera into `video` until a QR is found or `signal` ends it; its text, or null. */
  async function readCamera(video, signal) {
    const wanted = { video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false };
    const stream = await navigator.mediaDevices.getUserMedia(wanted);
    try {
      video.srcObject = stream;
      await video.play();
      while (!signal.aborted) {
        const found = await (await own())?.detect(video).catch(() => []);
        if (found?.length) return found[0].rawValue;
        if (!detector && video.videoWidth) {
          const text = decode(pixels(video, video.videoWidth, video.videoHeight, SIDES[0]));
          if (text) return text;
        }
        await new Promise((after) => setTimeout(after, BETWEEN_LOOKS));
      }
      return null;
    } finally {
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    }
  }

  Object.assign(mz, { readPhoto, readCamera });
})(globalThis.mingzheng);
