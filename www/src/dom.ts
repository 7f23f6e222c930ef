/** Starts a file download. */
export function download(name: string, parts: BlobPart[], type: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: name });
  link.click();
  // After this time the browser has started the download.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
