import type { ManifestDraft } from '../bundle/write.js';

/** README.md of an imported bundle: what is known, and what the person who imports it should add. */
export function modelCard(draft: ManifestDraft): string {
  const { architecture, quantiser } = draft;
  const { ssm } = architecture;
  return `# ${draft.title}

${draft.description}

| | |
|---|---|
| architecture | SaShiMi, d ${architecture.dModel}, ${architecture.numLayers} layers, pools ${architecture.pool.join(', ') || 'none'}, ${ssm.kind} with ${ssm.conjugatePairs} conjugate pairs |
| sample rate | ${draft.sampleRate} Hz |
| quantiser | ${quantiser.kind}, ${quantiser.levels} levels |
| licence of the weights | ${draft.licence} |
${Object.entries(draft.provenance)
  .map(([key, value]) => `| ${key} | ${value} |`)
  .join('\n')}

The checkpoint says nothing about the recordings that the model was trained on, their licence, or the
consent of those who made them. Whoever publishes what this model plays should find that out first.
`;
}
