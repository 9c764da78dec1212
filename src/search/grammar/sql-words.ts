/** What a word of SQL is to the tokenizer; every other word is a name. */
export type WordType = 'keyword' | 'statement' | 'order' | 'builtin' | 'operator' | 'comparator'

// The words that sqlparse 0.6.1, by which MLflow tokenizes, does not take for names: a key spelled like one needs a
// prefix or quotes.
const KEYWORDS = `
  abort abs absolute access account ada add admin after aggregate alias all allocate analyse
  analyze and any archive archivelog are arraylen array_contains as asensitive assertion
  assert_rows_modified assignment asymmetric at atomic attach audit authorization auto_increment
  avg backup backward become before begin between bigserial bitvar bit_length block body both box
  breadth break by bytea cache call called cancel cardinality cascade cascaded case cast catalog
  catalog_name chain change character characteristics character_length character_set_catalog
  character_set_name character_set_schema charset char_length check checked checkpoint cidr circle
  class class_origin clob close cluster cmp coalesce cobol collate collation collation_catalog
  collation_name collation_schema collect collect_list column column_name command_function
  command_function_code comment committed compile completion compress concat concurrently
  condition condition_number conflict connect connection connection_name constraint constraints
  constraint_catalog constraint_name constraint_schema constructor contains contents continue
  controlfile conversion convert copy corresponding count createdb createuser cross cube current
  current_date current_path current_role current_time current_timestamp current_user cursor
  cursor_name cycle data database datafile datetime_interval_code datetime_interval_precision
  date_add date_sub day dba dbms_output deallocate declare decode default defaults deferrable
  deferred define defined definer delimiter delimiters deref describe descriptor destroy
  destructor detach deterministic diagnostics dictionary directory disable disconnect dismount
  dispatch distinct distinctrow distribute do domain double dump dynamic dynamic_function
  dynamic_function_code each elements else elsif enable encoding encrypted end engine enum equals
  escape events every except exception exceptions exchange excluding exclusive exec execute
  existing exists exit explain explode extended extension extent external externally extract false
  fetch file final first floor flush following for force foreach foreign fortran forward found
  free freelist freelists freeze from from_unixtime ftp full function general generated get global
  go goto granted group grouping gscluster hash having hierarchy hold host hour identified
  identity if ignore ilike immediate immutable implementation implicit in include including
  increment index indexes indicator inet infix inherit inherits initial initialize initially
  initrans inline inner inout input insensitive instance instantiable instead instr intersect into
  invoker is isnull isolation issue iterate join json jsonb key key_member key_type lancompiler
  language large last lateral layer leading leave left len length less level like limit line link
  listen lists load local localtime localtimestamp locate location locator lock logfile lookup
  loop lower lseg macaddr manage manual match materialized max maxdatafiles maxelement maxextents
  maxindex maxinstances maxlogfiles maxloghistory maxlogmembers maxtrans maxvalue max_part_date
  max_part_int max_part_string message_length message_octet_length message_text method min
  minelement minextents minindex minus minute minvalue min_part_date min_part_int min_part_string
  mod mode modifies modify module money month more mount move mumps names national natural nchar
  nclob new next no noarchivelog noaudit nocache nocompress nocreatedb nocreateuser nocycle
  nomaxvalue nominvalue none noorder noresetlogs normal nosort not notfound nothing notice notify
  notnull now nowait null nullable nullif nvl nvl2 object octet_length of off offline offset oids
  old on online only on_error_stop open operation operator optimal option options or order
  ordinality organization out outer output over overlaps overlay overriding overwrite own owner
  package pad parallel parameter parameters parameter_mode parameter_name
  parameter_ordinal_position parameter_specific_catalog parameter_specific_name
  parameter_specific_schema parse_url_tuple partial partition part_count part_count_by part_loc
  pascal path pctfree pctincrease pctused pendant perform pg_lsn pivot placing plan pli plpgsql
  point polygon posexplode position postfix preceding precision prefix preorder prepare preserve
  primary print prior private privileges procedural procedure profile proto public put_line
  qualify quarter quota raise range raw read reads recheck recover recursive reduce ref references
  referencing regexp regexp_replace reindex relative rename repeatable reset resetlogs resignal
  resource respect restart restrict restricted result return returned_length returned_octet_length
  returned_sqlstate returning returns reuse right rlike role roles rollup routine routine_catalog
  routine_name routine_schema row rows row_count row_format rtrim rule sample savepoint save_point
  scale schema schema_name scn scope scroll search second section security segment self sensitive
  sequence serializable server_name session session_user set setof sets share shared show sign
  signal similar simple sin size smallserial snapshot some sort source space specific specifictype
  specific_name split sql sqlbuf sqlcode sqlerror sqlexception sqlstate sqlwarning sqrt stable
  stack statement statement_id static statistics stdin stdout stop storage str straight_join
  strict structure stype subclass_origin sublist substr substring successful sum summary switch
  symmetric synonym sysid system system_user table tables tablesample tablespace table_name
  tblproperties temp template temporary terminate than then thread time timestamp_iso
  timezone_hour timezone_minute to toast to_char to_date to_timestamp tracing trailing transaction
  transactions_committed transactions_rolled_back transation transation_active transform
  transforms translate translation treat trigger triggers trigger_catalog trigger_name
  trigger_schema trim true trunc trusted try_cast tsquery tsvector txid_snapshot type uid
  unbounded uncommitted under unencrypted union unique uniquejoin unix_timestamp unknown unlimited
  unlisten unlock unnamed unnest unpivot until upper usage use user user_defined_type_catalog
  user_defined_type_name user_defined_type_schema using utc_timestamp uuid vacuum valid validate
  validator values variable verbose version view views volatile week when whenever where while
  window without work write xml year zone`
const BUILTINS = `
  array bigint bignumeric binary bit blob boolean char date dec decimal file_type float int int8
  integer interval long map naturaln number numeric nvarchar pls_integer positive positiven real
  rowid rowlabel rownum serial serial8 signed signtype simple_double simple_float simple_integer
  smallint string struct sys_refcursor text timestamp tinyint unsigned urowid utl_file varchar
  varchar2 variant varying
`
const STATEMENTS = `
  alter commit create delete drop grant insert merge replace revoke rollback select start truncate update upsert with
`

/** Words that are keywords wherever they stand, even after a dot. */
export const ALWAYS_KEYWORDS: ReadonlySet<string> = new Set([
  'CASE',
  'IN',
  'VALUES',
  'USING',
  'FROM',
  'AS',
])

const PHRASES: Readonly<Record<string, WordType>> = {
  'END IF': 'keyword',
  'END LOOP': 'keyword',
  'END WHILE': 'keyword',
  'END FOR': 'keyword',
  'END CASE': 'keyword',
  END: 'keyword',
  'IF NOT EXISTS': 'keyword',
  'IF EXISTS': 'keyword',
  'NOT NULL': 'keyword',
  'UNION ALL': 'keyword',
  'GROUP BY': 'keyword',
  'ORDER BY': 'keyword',
  'PRIMARY KEY': 'keyword',
  'HANDLER FOR': 'keyword',
  'DOUBLE PRECISION': 'builtin',
  'CREATE OR REPLACE': 'statement',
  CREATE: 'statement',
  'ASC NULLS FIRST': 'order',
  'ASC NULLS LAST': 'order',
  ASC: 'order',
  'DESC NULLS FIRST': 'order',
  'DESC NULLS LAST': 'order',
  DESC: 'order',
  'NULLS FIRST': 'order',
  'NULLS LAST': 'order',
  'NOT LIKE': 'comparator',
  'NOT ILIKE': 'comparator',
  'NOT RLIKE': 'comparator',
  'NOT REGEXP BINARY': 'comparator',
  'NOT REGEXP': 'comparator',
  LIKE: 'comparator',
  ILIKE: 'comparator',
  RLIKE: 'comparator',
  'REGEXP BINARY': 'comparator',
  REGEXP: 'comparator',
}

/** One or more words that are one token; between them may be any white space. */
export interface Phrase {
  readonly words: readonly string[]
  readonly type: WordType
}

const JOINS = ['', 'LEFT', 'RIGHT', 'FULL'].flatMap((side) =>
  ['', 'INNER', 'OUTER', 'STRAIGHT'].map((way) => `${side} ${way} JOIN`),
)

/** The phrases by their first word, the longest first. */
export const PHRASES_BY_WORD: ReadonlyMap<string, readonly Phrase[]> = byFirstWord()

const WORDS: ReadonlyMap<string, WordType> = new Map<string, WordType>([
  ...wordsOf(KEYWORDS, 'keyword'),
  ...wordsOf(BUILTINS, 'builtin'),
  ...wordsOf(STATEMENTS, 'statement'),
  ['DIV', 'operator'],
])

/** What a word in upper case is; undefined for names. */
export function wordType(upper: string): WordType | undefined {
  return WORDS.get(upper)
}

function wordsOf(list: string, type: WordType): [string, WordType][] {
  return list
    .trim()
    .split(/\s+/)
    .map((word) => [word.toUpperCase(), type])
}

function byFirstWord(): Map<string, Phrase[]> {
  const map = new Map<string, Phrase[]>()
  const joins = [...JOINS, 'CROSS JOIN', 'NATURAL JOIN']
  const all = [...Object.entries(PHRASES), ...joins.map((text) => [text, 'keyword'] as const)]
  for (const [text, type] of all) {
    const words = text.trim().split(/ +/)
    map.set(words[0]!, [...(map.get(words[0]!) ?? []), { words, type }])
  }
  return map
}
