import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const hasPrograms = ['nginx', 'openssl'].every((name) => spawnSync(name, ['-v']).error === undefined);

describe('deploy/nginx.conf', () => {
  it('waits for the answer to an import for as long as an import may take', () => {
    const [, location] = /location ~ \S+import\$ \{([^}]+)\}/.exec(
      readFileSync('deploy/nginx.conf', 'utf8'),
    )!;
    expect(location).toMatch(/^\s*proxy_read_timeout \d+h;$/m);
  });

  it.skipIf(!hasPrograms)('is understood by nginx', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nginx-'));
    try {
      const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
      const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
      const made = spawnSync('openssl', [...request, '-subj', '/CN=a', '-keyout', key, '-out', certificate]);
      expect(made.status, String(made.stderr)).toBe(0);
      const site = readFileSync('deploy/nginx.conf', 'utf8')
        .replace('/etc/ssl/auth.example.com.pem', certificate)
        .replace('/etc/ssl/auth.example.com.key', key)
        .replaceAll(/gatehouse-\d:/g, '127.0.0.1:');
      const paths = `pid ${folder}/pid; error_log stderr;`;
      writeFileSync(join(folder, 'nginx.conf'), `${paths} events {} http { access_log off; ${site} }`);
      const tested = spawnSync('nginx', ['-t', '-p', folder, '-c', join(folder, 'nginx.conf')], {
        encoding: 'utf8',
      });
      expect(tested.status, tested.stderr).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
