import { isIPv6 } from 'node:net';

/**
 * What counts as one sender when attempts are counted. An IPv6 subscriber holds a /64 at least, and
 * could come from another of its 2^64 addresses with each guess; an IPv4 address that was written as
 * IPv6 (`::ffff:192.0.2.1`, as a socket of both kinds shows it) is the IPv4 address.
 */
export function senderOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  // A zone (`fe80::1%eth0`) names our own interface and is nothing of the sender's.
  const [plain = ''] = address.toLowerCase().split('%');
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // The part behind `::` counts only as far as it reaches into the first four groups. A dotted end
  // stands for two groups and lies in the last 64 bits whatever it says.
  const behind = after.length + (after.at(-1)?.includes('.') === true ? 1 : 0);
  const gap = tail === undefined ? 0 : 8 - groups.length - behind;
  const all = [...groups, ...Array.from({ length: gap }, () => '0'), ...after];
  const prefix = all.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${prefix.join(':')}::/64`;
}
