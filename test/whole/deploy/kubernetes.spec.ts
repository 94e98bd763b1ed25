import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  FILLED_IN,
  imageEnvironment,
  isPublicRoute,
  settingsOf,
  stopsWithin,
} from '../../support/deployment-files.js';

const documents = parseAllDocuments(readFileSync('deploy/kubernetes.yaml', 'utf8'));
const objects = documents.map((document) => document.toJS() as any);
const the = (kind: string) => objects.find((object) => object.kind === kind);
const { template, replicas, selector } = the('Deployment').spec;
const pod = template.spec;
const [node] = pod.containers;

/** What a node has in its environment, with and without what may be left out of the Secret. */
function environmentOf(isAllThere: boolean) {
  const references = node.env.filter((each: any) => isAllThere || !each.valueFrom.secretKeyRef.optional);
  const optional: Record<string, string> = {
    REDIS_URL: 'redis://redis:6379',
    SMTP_URL: 'smtp://mail.example.com',
    GATEHOUSE_SECRET_PREVIOUS: 'the-secret-before-this-one-9876543210',
  };
  const secret = { ...FILLED_IN, ...optional };
  const fromSecret = references.map(({ name, valueFrom }: any) => [name, secret[valueFrom.secretKeyRef.key]]);
  return { ...imageEnvironment(), ...the('ConfigMap').data, ...Object.fromEntries(fromSecret) };
}

describe('deploy/kubernetes.yaml', () => {
  it('can be read, and holds no secret', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect(objects.map(({ kind }) => kind)).toEqual([
      'ConfigMap',
      'Deployment',
      'Service',
      'PodDisruptionBudget',
      'NetworkPolicy',
    ]);
    for (const { name, valueFrom } of node.env) {
      expect(valueFrom.secretKeyRef).toMatchObject({ name: 'gatehouse', key: name });
    }
    expect(Object.keys(the('ConfigMap').data).join(' ')).not.toMatch(/SECRET|PASSWORD|_URL(?<!PUBLIC_URL)/);
    expect(node.envFrom).toEqual([{ configMapRef: { name: the('ConfigMap').metadata.name } }]);
  });

  it.each([true, false])('starts in production, with all of the Secret: %s', (isAllThere) => {
    expect(settingsOf(environmentOf(isAllThere))).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0' });
  });

  it('asks routes that there are, on the port that it listens on', () => {
    const probes = [node.startupProbe, node.livenessProbe, node.readinessProbe];
    expect(probes.map(({ httpGet }) => httpGet.path)).toEqual([
      '/health/live',
      '/health/live',
      '/health/ready',
    ]);
    expect(probes.every(({ httpGet }) => isPublicRoute(httpGet.path) && httpGet.port === 'http')).toBe(true);
    expect(node.ports).toEqual([{ name: 'http', containerPort: settingsOf(environmentOf(true)).PORT }]);
    expect(the('Service').spec.ports[0].targetPort).toBe('http');
  });

  it('has two nodes, of which one may be away, and all of them are found', () => {
    expect(replicas).toBe(2);
    expect(the('PodDisruptionBudget').spec.minAvailable).toBe(1);
    const labels = template.metadata.labels;
    expect(selector.matchLabels).toEqual(labels);
    expect(the('Service').spec.selector).toEqual(labels);
    expect(the('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels);
  });

  it('lets only the proxy reach the nodes, which believe what it says of its clients', () => {
    expect(settingsOf(environmentOf(true)).TRUST_PROXY).toEqual(['1']);
    const { podSelector, policyTypes, ingress } = the('NetworkPolicy').spec;
    expect(podSelector.matchLabels).toEqual(template.metadata.labels);
    expect(policyTypes).toEqual(['Ingress']);
    expect(ingress).toHaveLength(1);
    const [{ from, ports }] = ingress;
    expect(ports).toEqual([{ port: node.ports[0].name, protocol: 'TCP' }]);
    // One entry with both selectors: two entries would let in every pod of either kind.
    expect(from).toEqual([
      {
        namespaceSelector: { matchLabels: expect.any(Object) },
        podSelector: { matchLabels: expect.any(Object) },
      },
    ]);
    for (const { matchLabels } of Object.values<any>(from[0])) {
      expect(Object.keys(matchLabels)).toHaveLength(1);
    }
  });

  it('gives a node the time to stop', () => {
    const most = stopsWithin(settingsOf(environmentOf(true)));
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(most);
  });

  // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
  it('is what the restricted profile lets in, and writes nowhere', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(node.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod).not.toHaveProperty('volumes');
    expect(pod).toMatchObject({ automountServiceAccountToken: false });
    expect(node.resources).toMatchObject({
      requests: { memory: expect.any(String) },
      limits: expect.any(Object),
    });
  });
});
