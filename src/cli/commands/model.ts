import { Command } from 'commander';
import { modelExportCommand } from './model-export.js';
import { modelExportOnnxCommand } from './model-export-onnx.js';
import { modelImportCommand } from './model-import.js';
import { modelInfoCommand } from './model-info.js';
import { modelQuantizeCommand } from './model-quantize.js';
import { modelScoreCommand } from './model-score.js';
import { modelVerifyCommand } from './model-verify.js';

export function modelCommand(): Command {
  return new Command('model')
    .summary('import, export, inspect, verify, score and quantize models')
    .description(
      'Works on model bundles: folders with model.json and weights.safetensors. models/zoo has ours.',
    )
    .addCommand(modelImportCommand())
    .addCommand(modelExportCommand())
    .addCommand(modelExportOnnxCommand())
    .addCommand(modelInfoCommand())
    .addCommand(modelVerifyCommand())
    .addCommand(modelScoreCommand())
    .addCommand(modelQuantizeCommand());
}
