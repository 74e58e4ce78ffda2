/**
 * Constant-power panning as a matrix from (left, right) to (left, right): the squares of the gains of one
 * input sum to the same at every position. `position` runs from -1 (left) over 0 to 1 (right).
 */
export class PanMatrix {
  leftToLeft = 1;
  leftToRight = 0;
  rightToLeft = 0;
  rightToRight = 1;

  /** For a mono sound, fed to the left input: -3 dB in the middle, alone at the ends. */
  placeMono(position: number): void {
    const angle = ((position + 1) * Math.PI) / 4;
    this.leftToLeft = Math.cos(angle);
    this.leftToRight = Math.sin(angle);
    this.rightToLeft = 0;
    this.rightToRight = 0;
  }

  /** For a stereo sound: nothing changes in the middle; towards a side, the other side is moved over to it. */
  leanStereo(position: number): void {
    const toRight = (Math.max(0, position) * Math.PI) / 2;
    const toLeft = (Math.max(0, -position) * Math.PI) / 2;
    this.leftToLeft = Math.cos(toRight);
    this.leftToRight = Math.sin(toRight);
    this.rightToLeft = Math.sin(toLeft);
    this.rightToRight = Math.cos(toLeft);
  }
}
