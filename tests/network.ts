import { run } from "../lib/engine/command.ts";

/** A small network of the test's own: two namespaces, one cable. `ask` is where the pings start. */
export interface Network {
  readonly ask: string;
  /** What to run before a program's name and arguments, so that it runs inside. */
  readonly inside: readonly string[];
  /** Lets a name have an address inside (`/etc/hosts` of the namespace). */
  setHost(name: string, address: string): Promise<void>;
  /** Process ids that still run inside. */
  pids(): Promise<readonly string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The hosts of a `Network`, by what becomes of a ping to them. */
export const HOSTS = {
  reply: "10.98.0.2",
  reply6: "fd98::2",
  /** Its router throws the request away and says nothing. */
  lost: "10.99.0.1",
  lost6: "fd99::1",
  /** Its router answers "host unreachable". */
  unreachable: "10.99.0.2",
  unreachable6: "fd99::2",
  /** Its router answers "administratively prohibited". */
  prohibited: "10.99.0.3",
  /** No machine at that address on the local link. */
  nobody: "10.98.0.9",
  /** The asker's own routing table refuses. */
  noroute: "10.97.0.1",
  noroute6: "fd97::1",
} as const;

let count = 0;

/** Why namespaces cannot be made here, or `undefined` where they can. */
export async function whyNoNetwork(): Promise<string | undefined> {
  try {
    await (await createNetwork())[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Makes the network. Needs root and iproute2; the caller must dispose of it. */
export async function createNetwork(): Promise<Network> {
  const ask = `pc${Deno.pid}-${++count}a`;
  const answer = `pc${Deno.pid}-${count}b`;
  const folder = `/etc/netns/${ask}`;
  const network: Network = {
    ask,
    inside: ["ip", "netns", "exec", ask],
    async setHost(name, address) {
      await shell(`echo '${address} ${name}' >> ${folder}/hosts`);
    },
    async pids() {
      return (await shell(`ip netns pids ${ask}`)).split(/\s+/).filter((pid) => pid !== "");
    },
    async [Symbol.asyncDispose]() {
      await shell(`ip netns del ${ask}; ip netns del ${answer}; rm -rf ${folder}; rmdir /etc/netns 2>/dev/null; true`);
    },
  };
  try {
    await shell(setUp(ask, answer, folder));
  } catch (error) {
    await network[Symbol.asyncDispose]();
    throw error;
  }
  return network;
}

function setUp(ask: string, answer: string, folder: string): string {
  const a = `ip -n ${ask}`;
  const b = `ip -n ${answer}`;
  return `set -e
mkdir -p ${folder}
printf '127.0.0.1 localhost\\n10.98.0.2 peer.test\\n' > ${folder}/hosts
printf 'nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n' > ${folder}/resolv.conf
ip netns add ${ask}
ip netns add ${answer}
ip link add veth0 netns ${ask} type veth peer name veth0 netns ${answer}
for ns in ${ask} ${answer}; do ip -n $ns link set lo up; ip -n $ns link set veth0 up; done
${a} addr add 10.98.0.1/24 dev veth0
${b} addr add 10.98.0.2/24 dev veth0
${a} addr add fd98::1/64 dev veth0 nodad
${b} addr add fd98::2/64 dev veth0 nodad
ip netns exec ${answer} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward
echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
echo 0 > /proc/sys/net/ipv6/icmp/ratelimit
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'
${a} route add 10.99.0.0/24 via 10.98.0.2
${a} route add fd99::/64 via fd98::2
${a} route add unreachable 10.97.0.1
${a} route add unreachable fd97::1
${b} route add blackhole 10.99.0.1
${b} route add blackhole fd99::1
${b} route add unreachable 10.99.0.2
${b} route add unreachable fd99::2
${b} route add prohibit 10.99.0.3
`;
}

async function shell(script: string): Promise<string> {
  const { code, stdout, stderr } = await run("sh", ["-c", script], { killAfterMs: 20_000 });
  if (code !== 0) throw new Error(`Cannot set up a network namespace: ${stderr.trim()}`);
  return stdout;
}
