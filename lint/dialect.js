/**
 * The device dialect: what the code that runs on a microcontroller may be written in, so that the same emitted
 * JavaScript runs on XS unchanged and on Espruino bundled. docs/DESIGN.md says why; each message below says what.
 *
 * Types are erased before a device sees the code, so nothing in a type is looked at.
 */

export const messages = {
  class: 'device dialect: class',
  async: 'device dialect: async or await',
  generator: 'device dialect: generator or yield',
  destructuring: 'device dialect: destructuring',
  spread: 'device dialect: spread',
  rest: 'device dialect: rest parameter or element',
  defaultParameter: 'device dialect: default parameter',
  optionalChaining: 'device dialect: optional chaining (?.)',
  logicalAssignment: 'device dialect: logical assignment (??=, ||=, &&=)',
  exponent: 'device dialect: exponent (**)',
  computedKey: 'device dialect: computed key in an object literal',
  accessor: 'device dialect: getter or setter',
  label: 'device dialect: label',
  bigint: 'device dialect: BigInt',
  symbol: 'device dialect: Symbol',
  map: 'device dialect: Map or WeakMap',
  set: 'device dialect: Set or WeakSet',
  promise: 'device dialect: Promise',
  regexp: 'device dialect: regular expression',
  missing: 'device dialect: {{name}} does not exist on every engine',
  copyingMethod:
    'device dialect: .{{name}}() is missing, or gives a plain Array, on a typed array; use subarray and set',
  returnComma: 'device dialect: comma in return',
  returnBreak: 'device dialect: return before a line break; one engine returns what stands on the next line',
  of: 'device dialect: `of` as a name',
  var: 'device dialect: var (it is not hoisted on every engine)',
  taggedTemplate: 'device dialect: tagged template',
  moduleVariable: 'device dialect: module-level let or var is mutable state',
  moduleWrite: 'device dialect: `{{name}}` is module-level, and written to: mutable state',
  moduleWork: 'device dialect: work at module load',
  aboveDefinition:
    'device dialect: `{{name}}` is used above its definition; functions are not hoisted on every engine',
};

const GLOBALS = {
  BigInt: 'bigint',
  BigInt64Array: 'bigint',
  BigUint64Array: 'bigint',
  Symbol: 'symbol',
  Map: 'map',
  WeakMap: 'map',
  Set: 'set',
  WeakSet: 'set',
  Promise: 'promise',
  RegExp: 'regexp',
};

const MISSING_GLOBALS = ['Proxy', 'Reflect', 'WeakRef', 'TextEncoder', 'TextDecoder', 'queueMicrotask'];

const TYPED_ARRAYS = [
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
];

/** Members that are missing on at least one engine, by their object. */
const MISSING_MEMBERS = {
  Math: ['imul', 'clz32', 'trunc', 'sign'],
  Number: ['isSafeInteger', 'MAX_SAFE_INTEGER', 'MIN_SAFE_INTEGER'],
  Object: ['freeze'],
  Array: ['from', 'of'],
  ArrayBuffer: ['isView'],
};
for (const name of TYPED_ARRAYS) MISSING_MEMBERS[name] = ['from', 'of'];

const COPYING_METHODS = ['slice', 'map', 'copyWithin'];
const LOGICAL_ASSIGNMENTS = ['??=', '||=', '&&='];

/** TypeScript nodes that have a value inside. */
const VALUE_WRAPPERS = ['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression', 'TSTypeAssertion'];

/** What may stand at module level beside declarations of types. */
const MODULE_STATEMENTS = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ExportDefaultDeclaration',
  'VariableDeclaration',
  'FunctionDeclaration',
  'ClassDeclaration', // reported as a class
];

const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

function inType(node) {
  for (let at = node; at; at = at.parent) {
    if (at.importKind === 'type' || at.exportKind === 'type') return true;
    if (at.type.startsWith('TS') && !VALUE_WRAPPERS.includes(at.type)) return true;
  }
  return false;
}

function atModuleLevel(node) {
  for (let at = node.parent; at; at = at.parent) {
    if (FUNCTIONS.includes(at.type) || at.type.startsWith('Class')) return false;
  }
  return true;
}

/** `a.b` and `a['b']` give b; anything else undefined. */
function memberName(node) {
  if (!node.computed) return node.property.name;
  return typeof node.property.value === 'string' ? node.property.value : undefined;
}

/** The `a` of `a.b[c].d`. */
function rootOf(node) {
  let at = node;
  while (at.type === 'MemberExpression' || VALUE_WRAPPERS.includes(at.type)) at = at.object ?? at.expression;
  return at;
}

/** A property or key is a name, but not one that is looked up. */
function isKey(node) {
  const parent = node.parent;
  if (parent.type === 'MemberExpression') return parent.property === node && !parent.computed;
  if (parent.type === 'Property') return parent.key === node && !parent.computed && !parent.shorthand;
  return parent.type === 'MethodDefinition' || parent.type === 'PropertyDefinition';
}

function isExportSpecifier(node) {
  return node.parent.type === 'ExportSpecifier';
}

function create(context) {
  const report = (node, messageId, data) =>
    context.report({ node, message: fill(messages[messageId], data) });
  const source = context.sourceCode;

  /** The variable `identifier` stands for, or undefined when the file does not declare it. */
  const variableOf = (identifier) => {
    for (let scope = source.getScope(identifier); scope; scope = scope.upper) {
      const variable = scope.set.get(identifier.name);
      if (variable) return variable.defs.length > 0 ? variable : undefined;
    }
    return undefined;
  };

  const checkGlobal = (node) => {
    const kind = GLOBALS[node.name];
    const missing = MISSING_GLOBALS.includes(node.name);
    if ((!kind && !missing) || isKey(node) || variableOf(node)) return;
    if (kind) report(node, kind);
    else report(node, 'missing', { name: node.name });
  };

  const checkFunction = (node) => {
    if (node.async) report(node, 'async');
    if (node.generator) report(node, 'generator');
  };

  const checkWork = (node) => {
    if (atModuleLevel(node) && !inType(node)) report(node, 'moduleWork');
  };

  const checkWrite = (target) => {
    const root = rootOf(target);
    if (root === target || root.type !== 'Identifier') return;
    const variable = variableOf(root);
    if (variable?.scope.type === 'module' && variable.defs[0].type === 'Variable') {
      report(target, 'moduleWrite', { name: root.name });
    }
  };

  const checkReturn = (node) => {
    if (node.argument?.type === 'SequenceExpression') report(node, 'returnComma');
    if (node.argument) {
      // A comment with a line break cannot stand here: the parser would have ended the statement.
      return;
    }
    const after = source.getTokenAfter(node);
    const ended = source.getText(node).endsWith(';');
    if (!ended && after && after.value !== '}') report(node, 'returnBreak');
  };

  /** A name is used above its definition when nothing delays the use: no function stands between the two. */
  const checkOrder = (scope) => {
    for (const variable of scope.variables) {
      const definition = variable.defs[0];
      if (definition?.type !== 'FunctionName' && definition?.type !== 'Variable') continue;
      for (const reference of variable.references) {
        const use = reference.identifier;
        const delayed = reference.from.variableScope !== variable.scope.variableScope;
        if (delayed || use.range[0] >= definition.name.range[0]) continue;
        if (isExportSpecifier(use) || inType(use)) continue;
        report(use, 'aboveDefinition', { name: use.name });
      }
    }
    for (const child of scope.childScopes) checkOrder(child);
  };

  return {
    Program(node) {
      for (const statement of node.body) {
        if (!MODULE_STATEMENTS.includes(statement.type) && !statement.type.startsWith('TS')) {
          report(statement, 'moduleWork');
        }
      }
      checkOrder(source.scopeManager.globalScope);
    },

    ClassDeclaration: (node) => report(node, 'class'),
    ClassExpression: (node) => report(node, 'class'),
    FunctionDeclaration: checkFunction,
    FunctionExpression: checkFunction,
    ArrowFunctionExpression: checkFunction,
    AwaitExpression: (node) => report(node, 'async'),
    ImportExpression: (node) => report(node, 'async'),
    YieldExpression: (node) => report(node, 'generator'),
    ForOfStatement(node) {
      if (node.await) report(node, 'async');
    },

    ObjectPattern(node) {
      if (!inType(node)) report(node, 'destructuring');
    },
    ArrayPattern(node) {
      if (!inType(node)) report(node, 'destructuring');
    },
    SpreadElement: (node) => report(node, 'spread'),
    RestElement(node) {
      if (!inType(node)) report(node, 'rest');
    },
    AssignmentPattern: (node) => report(node, 'defaultParameter'),

    ChainExpression: (node) => report(node, 'optionalChaining'),
    BinaryExpression(node) {
      if (node.operator === '**') report(node, 'exponent');
    },
    AssignmentExpression(node) {
      if (LOGICAL_ASSIGNMENTS.includes(node.operator)) report(node, 'logicalAssignment');
      if (node.operator === '**=') report(node, 'exponent');
      checkWork(node);
      checkWrite(node.left);
    },
    UpdateExpression(node) {
      checkWork(node);
      checkWrite(node.argument);
    },
    UnaryExpression(node) {
      if (node.operator === 'delete') {
        checkWork(node);
        checkWrite(node.argument);
      }
    },

    Property(node) {
      if (node.parent.type !== 'ObjectExpression') return;
      if (node.computed) report(node, 'computedKey');
      if (node.kind !== 'init') report(node, 'accessor');
    },
    LabeledStatement: (node) => report(node, 'label'),
    Literal(node) {
      if (inType(node)) return;
      if (node.regex) report(node, 'regexp');
      if (typeof node.bigint === 'string') report(node, 'bigint');
    },
    TaggedTemplateExpression(node) {
      report(node, 'taggedTemplate');
    },
    VariableDeclaration(node) {
      if (inType(node) || node.declare) return;
      const parent = node.parent.type === 'ExportNamedDeclaration' ? node.parent.parent : node.parent;
      if (parent.type === 'Program' && node.kind !== 'const') report(node, 'moduleVariable');
      else if (node.kind === 'var') report(node, 'var');
    },
    ReturnStatement: checkReturn,

    Identifier(node) {
      if (inType(node)) return;
      if (node.name === 'of') report(node, 'of');
      checkGlobal(node);
    },
    MemberExpression(node) {
      const name = memberName(node);
      if (node.object.type === 'Identifier' && MISSING_MEMBERS[node.object.name]?.includes(name)) {
        if (!variableOf(node.object)) report(node, 'missing', { name: `${node.object.name}.${name}` });
      }
    },
    CallExpression(node) {
      checkWork(node);
      const callee = node.callee;
      if (callee.type === 'MemberExpression' && COPYING_METHODS.includes(memberName(callee))) {
        report(node, 'copyingMethod', { name: memberName(callee) });
      }
    },
    NewExpression: checkWork,
  };
}

function fill(message, data) {
  return message.replace(/\{\{(\w+)\}\}/g, (_, name) => data[name]);
}

export default {
  meta: { name: 'device' },
  rules: { dialect: { create } },
};
