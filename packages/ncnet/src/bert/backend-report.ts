// What this machine can compute on: each backend tried in a child process, with the command that enables it.
import { probeBackend } from './backend-job.ts';
import { BackendUnavailable } from './backend-unavailable.ts';
import { BERT_BACKENDS, type BertBackendName } from './names.ts';

export interface BackendReport {
  name: BertBackendName;
  available: boolean;
  device: string | null; // null if it is not available
  versions: Record<string, string>;
  reason: string | null; // why it is not available
  enable: string | null; // what to run then
}

/** Never throws. @param onReport called with each report as it comes */
export async function reportBackends(onReport?: (report: BackendReport) => void): Promise<BackendReport[]> {
  const reports: BackendReport[] = [];
  for (const name of BERT_BACKENDS) {
    const report = await probe(name);
    reports.push(report);
    onReport?.(report);
  }
  return reports;
}

async function probe(name: BertBackendName): Promise<BackendReport> {
  try {
    const { device, versions } = await probeBackend(name);
    return { name, available: true, device, versions, reason: null, enable: null };
  } catch (error) {
    const missing = { name, available: false, device: null, versions: {} };
    if (error instanceof BackendUnavailable) return { ...missing, reason: error.reason, enable: error.remedy };
    return { ...missing, reason: (error as Error).message, enable: 'try again: npx ncnet backends' };
  }
}
