import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { Canvas, textWidth, ticks } from '../../../../src/cli/picture/canvas.js';
import { glyphRows } from '../../../../src/cli/picture/font.js';
import { encodePng } from '../../../../src/cli/picture/png.js';

/** The pixels of a file that we wrote, read by the book: filter "up" on every row. */
function decode(png: Uint8Array): { width: number; height: number; pixels: Uint8Array } {
  const bytes = Buffer.from(png);
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    chunks.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, at + 8 + size));
    at += 12 + size;
  }
  const [width, height] = [chunks.get('IHDR')!.readUInt32BE(0), chunks.get('IHDR')!.readUInt32BE(4)];
  const rows = inflateSync(chunks.get('IDAT')!);
  const stride = 3 * width;
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    assert.equal(rows[y * (stride + 1)], 2);
    for (let i = 0; i < stride; i++)
      pixels[y * stride + i] = rows[y * (stride + 1) + 1 + i]! + (y > 0 ? pixels[(y - 1) * stride + i]! : 0);
  }
  return { width, height, pixels };
}

describe('pictures', () => {
  it('are PNG files of the same pixels, with the checksums that the format asks for', () => {
    const pixels = Uint8Array.from({ length: 3 * 5 * 7 }, (_, i) => (i * 37) % 256);
    const png = encodePng(pixels, 5, 7);
    assert.deepEqual(decode(png), { width: 5, height: 7, pixels });
    assert.equal(Buffer.from(png.subarray(-12)).toString('hex'), '0000000049454e44ae426082');
  });

  it('hold what is drawn inside, and nothing of what is outside', () => {
    const canvas = new Canvas(8, 8);
    canvas.fill(-3, 6, 5, 9, [1, 2, 3]);
    canvas.line(7, 0, 7, 7, [9, 9, 9]);
    const { pixels } = decode(canvas.toPng());
    const at = (x: number, y: number): number[] => [...pixels.subarray(3 * (8 * y + x), 3 * (8 * y + x) + 3)];
    assert.deepEqual(
      [at(0, 6), at(1, 7), at(2, 7), at(0, 5), at(7, 3)],
      [
        [1, 2, 3],
        [1, 2, 3],
        [255, 255, 255],
        [255, 255, 255],
        [9, 9, 9],
      ],
    );
  });

  it('have a glyph of seven rows of five pixels for all that captions need', () => {
    for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz0123456789.,:-+/()%=#_ ?') {
      const rows = glyphRows(character);
      assert.ok(rows.length === 7 && rows.every((bits) => bits >= 0 && bits < 32), character);
    }
    assert.equal(textWidth('AB', 2), 22);
  });

  it('have round ticks', () => {
    assert.deepEqual(ticks(0, 26, 10), [0, 5, 10, 15, 20, 25]);
    assert.deepEqual(ticks(-80, 0, 4), [-80, -60, -40, -20, 0]);
  });
});
