const ways = ["timer", "rejection", "emitter", "nextTick", "noError"];

export const throws = {
  name: "throws",
  title: "A check that throws where nobody can catch it",
  sizes: { full: 500, short: 50 },

  async attack({ server, size }) {
    for (let attempt = 0; attempt < size; attempt++) {
      await server.child.ask("throw", { how: ways[attempt % ways.length] });
    }
    return { attempts: size, did: `${size} errors, in ${ways.length} places`, problems: [] };
  },
};
