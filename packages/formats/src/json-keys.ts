/**
 * The first key that one object of a JSON text has twice. `JSON.parse` keeps the last of the two without a word.
 *
 * @param json a text that `JSON.parse` accepts
 */
export function findDuplicateKey(json: string): string | undefined {
  // One set of keys for each object that is open; lists get one too, which stays empty.
  const open: Set<string>[] = [];
  let text = '';
  for (let i = 0; i < json.length; i++) {
    switch (json[i]) {
      case '{':
      case '[':
        open.push(new Set());
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"': {
        const end = endOfString(json, i);
        text = json.slice(i, end + 1);
        i = end;
        break;
      }
      case ':': {
        // Outside a string a colon always follows a key.
        const key: string = JSON.parse(text);
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
        break;
      }
    }
  }
  return undefined;
}

function endOfString(json: string, start: number): number {
  let end = start + 1;
  while (json[end] !== '"') end += json[end] === '\\' ? 2 : 1;
  return end;
}
