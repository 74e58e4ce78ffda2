/**
 * Opens models for the nodes of one engine: finds the bundle, loads it once, shares its weights
 * between all voices, and keeps count of the streams for status.
 */
import { stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { packageRoot } from '../../models/index.js';
