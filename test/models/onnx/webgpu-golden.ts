/** Child process of webgpu.test.ts: holds the WebGPU provider against what the official code computed, as one line of JSON. */
import { verifyGolden } from '../../../models/index.js';
import { createOnnxStepper } from '../../../models/onnx/onnx-stepper.js';
import { importGolden } from '../../support/golden-bundles.js';

const [name, folder] = process.argv.slice(2) as [string, string];
const { bundle } = await importGolden(name, folder);
console.log(JSON.stringify(await verifyGolden(bundle, folder, await createOnnxStepper(bundle, 'webgpu'))));
process.exit(0);
