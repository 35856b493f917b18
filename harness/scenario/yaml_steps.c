/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps: lists of them into the scenario's array, with what stands beside their verbs. */
#include "scenario/suggest.h"
#include "scenario/yaml_draft.h"

#include <string.h>

/* A list of siblings while it grows; -1 none. */
struct chain {
    int16_t first, last;
    bool top; /* its steps are those that people count */
};

static bool read_list(struct yaml_reader *r, const struct yaml_node *list, struct chain *chain);

/* ---- beside the verb ---- */

static const struct yaml_word fields[] = {
    {"seq", SCN_F_SEQ},         {"ack", SCN_F_ACK},         {"win", SCN_F_WIN},
    {"len", SCN_F_LEN},         {"ts.val", SCN_F_TS_VAL},   {"ts.ecr", SCN_F_TS_ECR},
    {"mss", SCN_F_MSS},         {"wscale", SCN_F_WSCALE},   {"urg", SCN_F_URG},
    {"raw-seq", SCN_F_RAW_SEQ}, {"elapsed", SCN_F_ELAPSED}, {NULL, 0},
};

static const struct yaml_word *field_named(const char *text)
{
    for (const struct yaml_word *field = fields; field->word != NULL; field++)
        if (strcmp(field->word, text) == 0)
            return field;
    return NULL;
}

static bool check_bound_name(struct yaml_reader *r, const struct yaml_node *name)
{
    const char *text = name->text;
    bool fine = text[0] >= 'a' && text[0] <= 'z';

    for (size_t i = 0; text[i] != '\0' && fine; i++)
        fine = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
               (text[i] == '-' && text[i + 1] >= 'a' && text[i + 1] <= 'z');
    if (!fine)
        return yaml_fail(r, name, NULL,
                         "a name to bind is made of a-z and 0-9, with hyphens before letters");
    if (expr_is_reserved(text) || field_named(text) != NULL)
        return yaml_fail(r, name, NULL, "\"%s\" has a meaning already", text);
    return true;
}

static bool bind_index(struct yaml_reader *r, const struct yaml_node *name, uint8_t *ret_index)
{
    struct scn *scn = &r->scn;

    for (uint8_t i = 0; i < scn->bound_count; i++)
        if (strcmp(scn->bound_name[i], name->text) == 0) {
            *ret_index = i;
            return true;
        }
    if (!check_bound_name(r, name))
        return false;
    if (scn->bound_count == SCN_BOUND_MAX)
        return yaml_fail(r, name, NULL, "more than %d bound names", SCN_BOUND_MAX);
    scn->bound_name[scn->bound_count] = arena_copy(r->scratch, name->text, strlen(name->text));
    *ret_index = scn->bound_count++;
    return true;
}

static bool read_bind(struct yaml_reader *r, const struct yaml_node *entry, struct scn_step *step)
{
    struct scn_bind bind = {.field = SCN_F_VALUE};
    const char *text = yaml_text(r, entry, entry->key->text);
    const struct yaml_word *field = text != NULL ? field_named(text) : NULL;

    if (!bind_index(r, entry->key, &bind.index) || text == NULL)
        return false;
    if (field != NULL && field->value != SCN_F_ELAPSED && step->op != SCN_EXPECT)
        return yaml_fail(r, entry, NULL, "this step meets no segment to take \"%s\" of", text);
    if (field != NULL)
        bind.field = (uint8_t)field->value;
    else if (!yaml_read_expr(r, entry, entry->key->text, EXPR_VALUE, &bind.value))
        return false;
    if (step->binds == SCN_BINDS)
        return yaml_fail(r, entry->key, NULL, "a step binds at most %d names", SCN_BINDS);
    step->bind[step->binds++] = bind;
    return true;
}

static bool read_binds(struct yaml_reader *r, const struct yaml_node *map, struct scn_step *step)
{
    bool fine = true;

    if (map->kind != YAML_IS_MAP || map->count == 0)
        return yaml_fail(r, map, NULL, "\"bind\" is a map from names to fields or numbers");
    for (const struct yaml_node *entry = map->child; entry != NULL; entry = entry->next)
        fine &= read_bind(r, entry, step);
    return fine;
}

static bool read_else(struct yaml_reader *r, const struct yaml_node *map, struct yaml_draft *draft)
{
    static const struct yaml_word ways[] = {
        {"skip", SCN_ELSE_SKIP}, {"inconc", SCN_ELSE_INCONC}, {"pass", SCN_ELSE_PASS}, {NULL, 0}};
    struct scn_step *step = &draft->step;
    const struct yaml_key reason = {
        .name = "else", .type = YAML_TEXT, .offset = offsetof(struct scn_step, otherwise_why)};

    if (step->op != SCN_EXPECT && !(step->op == SCN_APP && draft->claim))
        return yaml_fail(r, map->key, NULL, "\"else\" stands beside something that is expected");
    if (map->kind != YAML_IS_MAP || map->count != 1)
        return yaml_fail(r, map, NULL, "\"else\" is a map of one: skip, inconc or pass");
    const struct yaml_word *way = yaml_read_word(r, map->child->key, "else", ways);
    if (way == NULL || !yaml_read_value(r, &reason, map->child, step))
        return false;
    step->otherwise = (uint8_t)way->value;
    return true;
}

static bool contains_steps(const struct yaml_draft *draft)
{
    return draft->shape == YAML_PARENT || draft->shape == YAML_CHOICES;
}

/* Keys that belong to some verbs only. */
static bool check_beside(struct yaml_reader *r, const struct yaml_node *map,
                         const struct yaml_draft *draft)
{
    bool match = draft->shape == YAML_BRANCH;

    if (match != (draft->cases != NULL))
        return yaml_fail(r, match ? map : draft->cases->key, NULL,
                         "\"match\" and \"cases\" stand together");
    if (match && map->count > 2)
        return yaml_fail(r, map, NULL, "beside \"match\" stands \"cases\" alone");
    if (draft->clause != NULL && !draft->claim && !contains_steps(draft))
        return yaml_fail(r, draft->clause->key, NULL,
                         "\"clause\" belongs to a claim; this step judges nothing");
    return true;
}

/* ---- into the array ---- */

static struct scn_step *emit(struct yaml_reader *r, const struct yaml_node *map,
                             const struct scn_step *draft, struct chain *chain, int16_t *ret_index)
{
    struct scn *scn = &r->scn;
    int16_t index;
    struct scn_step *step = scn_step_add(scn, (enum scn_op)draft->op, &index);

    if (step == NULL) {
        yaml_fail(r, map, NULL, "more than %d steps", SCN_STEPS_MAX);
        return NULL;
    }
    *step = *draft;
    step->line = (uint16_t)(map->line > UINT16_MAX ? UINT16_MAX : map->line);
    step->column = (uint16_t)(map->column > UINT16_MAX ? UINT16_MAX : map->column);
    step->label = r->label;
    if (chain->last >= 0)
        scn->step[chain->last].next = index;
    else
        chain->first = index;
    chain->last = index;
    *ret_index = index;
    return step;
}

static bool emit_faults(struct yaml_reader *r, const struct yaml_node *map,
                        struct yaml_draft *draft, struct chain *chain)
{
    /* what is let through first is set before what drops the rest */
    static const uint8_t order[] = {SCN_LINK_PASS,    SCN_LINK_DROP,      SCN_LINK_DELAY,
                                    SCN_LINK_LOSS,    SCN_LINK_DUPLICATE, SCN_LINK_REORDER,
                                    SCN_LINK_TX_ERROR};
    int16_t index;

    for (size_t i = 0; i < sizeof order; i++) {
        if (draft->fault[order[i]].n == 0)
            continue;
        draft->step.what = order[i];
        draft->step.number = draft->fault[order[i]];
        if (emit(r, map, &draft->step, chain, &index) == NULL)
            return false;
    }
    return true;
}

static bool emit_records(struct yaml_reader *r, const struct yaml_node *map,
                         struct yaml_draft *draft, struct chain *chain)
{
    bool fine = true;
    int16_t index;

    for (const struct yaml_node *entry = draft->steps->child; entry != NULL; entry = entry->next) {
        const char *name = entry->key->text;
        if (!yaml_read_expr(r, entry, name, EXPR_VALUE, &draft->step.number)) {
            fine = false;
            continue;
        }
        draft->step.name = arena_copy(r->book, name, strlen(name));
        if (emit(r, map, &draft->step, chain, &index) == NULL)
            return false;
    }
    return fine;
}

/* A clause of a step with children is that of those children that have none. */
static void hand_down(struct scn *scn, int16_t parent)
{
    const struct scn_step *from = &scn->step[parent];

    for (int i = parent + 1; from->clause[0] != NULL && i < scn->steps; i++)
        if (scn->step[i].clause[0] == NULL)
            memcpy(scn->step[i].clause, from->clause, sizeof from->clause);
}

static bool observes(const struct scn_step *step)
{
    return step->op == SCN_EXPECT || step->op == SCN_NEVER || step->op == SCN_ALIVE ||
           (step->op == SCN_APP && yaml_app_claims(step));
}

static bool check_together(struct yaml_reader *r, const struct yaml_node *list, int16_t first)
{
    const struct scn *scn = &r->scn;

    for (int16_t i = first; i >= 0; i = scn->step[i].next)
        if (!observes(&scn->step[i]))
            return yaml_fail(r, list, NULL,
                             "\"together\" takes observations, and \"%s\" in line %u is none",
                             scn_op_name(&scn->step[i]), scn->step[i].line);
    return true;
}

static bool check_count(struct yaml_reader *r, const struct yaml_node *list)
{
    return list->count <= SCN_TOGETHER_MAX ||
           yaml_fail(r, list, NULL, "more than %d at once", SCN_TOGETHER_MAX);
}

static bool emit_parent(struct yaml_reader *r, const struct yaml_node *map,
                        const struct yaml_draft *draft, struct chain *chain)
{
    struct chain children = {.first = -1, .last = -1};
    int16_t index;

    if (emit(r, map, &draft->step, chain, &index) == NULL)
        return false;
    if (draft->step.op == SCN_TOGETHER && !check_count(r, draft->steps))
        return false;
    bool fine = read_list(r, draft->steps, &children);
    r->scn.step[index].child = children.first;
    hand_down(&r->scn, index);
    if (draft->step.op == SCN_TOGETHER)
        fine &= check_together(r, draft->steps, children.first);
    return fine;
}

static bool emit_branch(struct yaml_reader *r, const struct yaml_node *map, struct chain *chain)
{
    struct yaml_draft draft = {0};

    scn_step_default(&draft.step, SCN_GROUP);
    if (!yaml_read_map(r, &yaml_branch_table, map, &draft) || !emit_parent(r, map, &draft, chain))
        return false;
    const struct scn *scn = &r->scn;
    int16_t first = scn->step[chain->last].child;
    return (first >= 0 && observes(&scn->step[first])) ||
           yaml_fail(r, draft.steps, NULL,
                     "an alternative begins with what tells it apart: expect, reach, never, alive "
                     "or a claim of app");
}

static bool emit_choices(struct yaml_reader *r, const struct yaml_node *map,
                         const struct yaml_draft *draft, struct chain *chain)
{
    struct chain branches = {.first = -1, .last = -1};
    bool fine = true;
    int16_t index;

    if (emit(r, map, &draft->step, chain, &index) == NULL || !check_count(r, draft->steps))
        return false;
    for (const struct yaml_node *branch = draft->steps->child; branch != NULL;
         branch = branch->next)
        fine &= emit_branch(r, branch, &branches);
    r->scn.step[index].child = branches.first;
    hand_down(&r->scn, index);
    return fine;
}

/* All of them, where nobody knows which one is meant. */
static bool read_branches(struct yaml_reader *r, const struct yaml_node *cases, struct chain *chain)
{
    bool fine = true;

    for (const struct yaml_node *branch = cases->child; branch != NULL; branch = branch->next)
        if (branch->kind == YAML_IS_LIST)
            fine &= read_list(r, branch, chain);
    return fine;
}

static bool read_match(struct yaml_reader *r, const struct yaml_draft *draft, struct chain *chain)
{
    struct yaml_node *branch = r->blind ? NULL : yaml_get(draft->cases, draft->match);
    struct yaml_node *key = draft->cases->key;

    if (r->blind)
        return read_branches(r, draft->cases, chain);
    key->used = true;
    if (branch == NULL) {
        struct suggest s = {.written = draft->match};
        for (branch = draft->cases->child; branch != NULL; branch = branch->next)
            suggest_offer(&s, branch->key->text);
        const char *hint = yaml_did_you_mean(r->errors, s.best);
        return yaml_fail(r, draft->match_node, hint, "%s can be \"%.40s\", and cases has none",
                         draft->match_node->text, draft->match);
    }
    branch->used = true;
    if (branch->kind != YAML_IS_LIST)
        return yaml_fail(r, branch, NULL, "the case \"%.40s\" takes a list of steps",
                         branch->key->text);
    return read_list(r, branch, chain);
}

static bool emit_shape(struct yaml_reader *r, const struct yaml_node *map, struct yaml_draft *draft,
                       struct chain *chain)
{
    int16_t index;

    switch ((enum yaml_shape)draft->shape) {
    case YAML_STEP:
        return emit(r, map, &draft->step, chain, &index) != NULL;
    case YAML_PARENT:
        return emit_parent(r, map, draft, chain);
    case YAML_CHOICES:
        return emit_choices(r, map, draft, chain);
    case YAML_BRANCH:
        return read_match(r, draft, chain);
    case YAML_FAULTS:
        return emit_faults(r, map, draft, chain);
    case YAML_RECORDS:
        return emit_records(r, map, draft, chain);
    }
    return false;
}

/* Whether a step that has errors is whole enough to look for those of its parts. */
static bool has_parts(const struct yaml_reader *r, const struct yaml_draft *draft)
{
    switch ((enum yaml_shape)draft->shape) {
    case YAML_PARENT:
    case YAML_CHOICES:
        return draft->steps != NULL && draft->steps->kind == YAML_IS_LIST;
    case YAML_BRANCH:
        return draft->cases != NULL && draft->cases->kind == YAML_IS_MAP &&
               (draft->match != NULL || r->blind);
    case YAML_RECORDS:
        return draft->steps->kind == YAML_IS_MAP;
    default:
        return true;
    }
}

static bool read_step(struct yaml_reader *r, const struct yaml_node *map, struct chain *chain)
{
    struct yaml_draft draft = {0};

    scn_step_default(&draft.step, SCN_GROUP);
    bool fine = yaml_read_map(r, &yaml_step_table, map, &draft) && check_beside(r, map, &draft);
    fine &= draft.otherwise == NULL || read_else(r, draft.otherwise, &draft);
    fine &= draft.bind == NULL || read_binds(r, draft.bind, &draft.step);
    if (chain->top && draft.shape != YAML_BRANCH)
        r->label++;
    r->claims += draft.claim;
    return (fine || has_parts(r, &draft)) && emit_shape(r, map, &draft, chain) && fine;
}

static bool read_list(struct yaml_reader *r, const struct yaml_node *list, struct chain *chain)
{
    bool fine = true;

    for (const struct yaml_node *step = list->child; step != NULL; step = step->next)
        fine &= read_step(r, step, chain);
    return fine;
}

bool yaml_read_steps(struct yaml_reader *r, const struct yaml_node *list)
{
    struct chain chain = {.first = -1, .last = -1, .top = true};

    r->label = 0;
    r->claims = 0;
    if (list->kind != YAML_IS_LIST || list->count == 0)
        return yaml_fail(r, list, NULL, "\"steps\" takes a list of steps");
    bool fine = read_list(r, list, &chain);
    r->scn.first = chain.first;
    return fine;
}

/* ---- when all cases have been read ---- */

void yaml_check_branches(struct yaml_reader *r, const struct yaml_node *steps)
{
    for (const struct yaml_node *entry = steps->child; entry != NULL; entry = entry->next) {
        bool cases = entry->key != NULL && strcmp(entry->key->text, "cases") == 0;
        if (cases && entry->key->used && entry->kind == YAML_IS_MAP)
            for (const struct yaml_node *branch = entry->child; branch != NULL;
                 branch = branch->next)
                if (!branch->used)
                    yaml_fail(r, branch->key, NULL, "no row of the matrix leads to \"%.60s\"",
                              branch->key->text);
        yaml_check_branches(r, entry);
    }
}
