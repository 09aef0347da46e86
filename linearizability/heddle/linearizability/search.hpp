// The search for one order of one partition's actions. Used by checker.cpp only.
//
// Depth first over (placed actions, state), iterative, on intrusive lists of the actions not yet placed:
//  * A node may place any action invoked before the earliest response still owed (Wing & Gong). Actions
//    that grow towards what the next observer saw are tried first, then the one with that response, then the
//    other required ones by invocation, then the optional ones.
//  * Required actions that only observe are placed as soon as they are enabled, without branching. Whether a
//    symbol only observes is told by the model, or presumed from the state at hand and verified when the
//    search fails: if one presumed symbol changes some state that the search met, the search is repeated
//    without that presumption. (Presuming and not verifying would be wrong: writing 1 to a register that
//    holds 1 changes nothing now, but may have to come after another write.) Why verifying the met states
//    suffices: follow any linearization from a visited node. Its next action either was placed early, hence
//    leaves the present, visited state as it is; or the search tries it here. So the final state is met.
//  * Optional actions that no action is `after` are placed only where they matter: not where they leave the
//    state unchanged, and not right before an action that would have led to the same state without them. (Of
//    all linearizations one with the fewest optional actions is found: whatever this rule cuts off would give
//    one with fewer.)
//  * An action that overwrites (effect::overwrites) right before another is hidden by it, and nobody can tell
//    whether it is there. So the search places the other alone, and keeps its *cover*: what was invoked
//    before could have been hidden by it. A required action within the cover is hidden when its response is
//    the first one owed, without a change of state. Thus writes are placed only where somebody may see them.
//    No linearization is lost. Follow one: the node that the search comes to has the same state, and lacks
//    only actions within its cover (covers never shrink on the way). Those that owe a response before the
//    next action's invocation are hidden first. If the next action is cut off, because it overwrites right
//    after another that does, it is taken before that other, which then is hidden in turn. This needs a node
//    with the same cover where it is not cut off itself: hence frame::cut_from.
//  * A node is left if an observer that comes soon cannot fit any more (transition_system::
//    may_become_enabled), unless an action that may come before it makes way. An action that grows is not
//    even tried then.
//  * Of interchangeable actions (same symbol and `after`, nothing `after` them) the one owed first goes
//  first.
//  * A node is skipped if one was visited that differs only in having placed fewer of the optional actions
//    that no action is `after`, or in covering more: whatever completes the order from here completes it from
//    there.
//  * The memo holds each visited (placed set, state) exactly; its hash, without those optional actions, is
//    kept up to date incrementally (Zobrist 1970). A set is stored as the required actions that are invoked
//    but not placed (that determines the rest) and a bit per optional one, so that an entry takes space for
//    the concurrency, not for the length of the history.
//
// The sets of optional actions may be exponentially many. When the memo has grown, the search therefore turns
// to *relaxed* histories, with any number of each optional action that overwrites: nodes then need not
// remember which of them are placed. If a relaxed history is not linearizable, the real one is not. If it is,
// and there are as many actions as its order takes, the real one is. Else the symbol that lacks most is
// counted from then on, as in the real history (counterexample-guided refinement, Clarke et al. 2000). Two
// such refinements go on by turns: one finds violations, the other, which limits the number of uses of all
// symbols together and doubles the limit, finds orders. In the end everything is counted.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <heddle/linearizability/checker.hpp>
#include <heddle/linearizability/probe_table.hpp>

namespace heddle::linearizability {

/// How much of a history is searched.
struct cut {
  std::uint32_t position = never;  ///< actions invoked after this position do not belong
  std::uint32_t index = never;  ///< of the responses at `position`, those of actions up to this index belong
  std::uint32_t blocked_count = never;  ///< only the first so many blocked actions count
};

/// Counts the questions to the model, over all searches of one check.
struct step_budget {
  std::uint64_t used = 0;
  std::uint64_t most = 0;
  std::function<bool()> stop = nullptr;
  bool spent = false;  ///< a question was refused; so are all later ones

  /// False if no further question may be asked.
  bool take() {
    constexpr std::uint64_t between_stops = 256;
    spent = spent || used >= most || (stop && used % between_stops == 0 && stop());
    used += spent ? 0 : 1;
    return !spent;
  }
};

class search {
 public:
  /// `members` are the indices of the partition's actions, ascending.
  outcome run(std::span<const action> history, std::span<const std::uint32_t> members, const cut& until,
              transition_system& model, step_budget& budget);

  /// See check_options::memo_before_relaxing.
  void relax_from(std::size_t memo_words) { memo_before_relaxing_ = memo_words; }

  /// After `linearizable`: the witness, in indices of the history.
  void append_order(std::vector<placement>& order) const;
  /// The most actions that one order held at a time, of the last run.
  std::uint64_t most_placed() const { return most_placed_; }

 private:
  using local = std::uint32_t;  ///< an action of this search; numbered by invocation

  struct item {
    symbol_id symbol;
    std::uint32_t invoked;
    std::uint32_t returned;
    std::uint32_t original;      ///< index in the history
    local after;                 ///< itself if it can never be placed
    std::uint32_t symbol_index;  ///< into presumptions_
    std::uint32_t ordinal;       ///< among the optional ones
    bool required;
    bool awaited;  ///< another action is `after` it
    bool overwrites;
    bool watches;   ///< required, and known to observe
    bool disturbs;  ///< does more than to observe or to grow, as far as was known at first
    bool placed;
    bool unlimited;  ///< optional: stands for any number of its like
  };

  struct blocked_item {
    symbol_id symbol;
    std::uint32_t original;
    local after;
  };

  /// What this search may presume of one symbol.
  struct presumption {
    symbol_id symbol;
    effect known;
    bool relied_on;  ///< an action was placed early although `known` is not `observes`
  };

  /// A history with more optional actions than there are: if it is not linearizable, the real one is not.
  struct relaxation {
    std::vector<bool> counted;  ///< by index into presumptions_: as many as there are
    std::uint32_t uses_max;     ///< together
  };

  struct link {
    local before;
    local behind;
  };

  /// A doubly linked list over locals; the end is a sentinel, and removals are undone in reverse order
  /// (Knuth's dancing links).
  class linked_order {
   public:
    void reset(std::size_t size) {
      links_.assign(size + 1, {static_cast<local>(size), static_cast<local>(size)});
    }
    void append(local i);
    void remove(local i);
    void restore(local i);
    local front() const { return links_.back().behind; }
    local behind(local i) const { return links_[i].behind; }
    local before(local i) const { return links_[i].before; }
    local end() const { return static_cast<local>(links_.size() - 1); }

   private:
    std::vector<link> links_;
  };

  enum class phase : std::uint8_t { none, foreseen, first_due, hidden, required, optional, done };

  /// A node of the search and where its enumeration of branches stands.
  struct frame {
    state_id state;
    state_id without;     ///< the state before the optional action that led here, or `never`
    std::uint32_t trail;  ///< length of the trail before the node was entered
    std::span<const state_id> successors;
    std::span<const state_id> shortcuts;  ///< successors of `candidate` from `without`
    std::uint32_t tried;                  ///< successors of `candidate` already taken
    local candidate;
    local cursor;         ///< where in the list of the phase
    phase at;             ///< that `candidate` belongs to
    std::uint32_t cover;  ///< what was invoked before could precede the last overwriting action; 0: none
    /// If an overwriting action has just led here: others are cut off that were invoked from here on and
    /// before `cover`. Else `never`.
    std::uint32_t cut_from;
  };

  /// How a node is come to.
  struct entrance {
    std::uint32_t trail = 0;   ///< length before
    state_id without = never;  ///< as frame::without
    std::uint32_t cover = 0;
    std::uint32_t cut_from = never;
    bool dispensable = false;
  };

  void load(std::span<const action> history, std::span<const std::uint32_t> members, const cut& until);
  void load_item(std::span<const action> history, std::uint32_t original, const cut& until);
  void reserve(std::size_t actions);
  void load_responses();
  void resolve_after(std::span<const action> history);
  void load_lists();
  void load_interchangeable(transition_system& model);

  void stand_in(local i);
  bool supply();
  outcome attempt();
  outcome attempt_relaxed();
  outcome attempt(relaxation& how);
  outcome explore();
  void cover(const frame& node, entrance& by) const;
  bool enter(state_id state, const entrance& by);
  bool next_branch(frame& node, state_id& state);
  bool next_candidate(frame& node);
  bool is_foreseen(state_id state, const item& a) const;
  bool may_cover_more(const frame& node) const;
  bool may_branch(const frame& node, local i) const;
  void place_observers(state_id state);
  bool complete(state_id state);
  bool remember(state_id state, std::uint32_t cover);
  bool is_worse(std::uint32_t first) const;
  bool matters(state_id state, std::uint32_t cover);
  bool is_dead_end(state_id state, symbol_id growing);
  bool may_make_way(state_id state, const item& observer);
  bool makes_way(state_id state, symbol_id overwriting, symbol_id observer);
  bool leads_on(std::uint32_t cover) const;
  bool presumed_wrongly();

  std::span<const state_id> ask(state_id state, symbol_id symbol);
  void learn(const item& a, state_id state, std::span<const state_id> successors);
  /// Optional, and nothing is `after` it: a node is no worse for not having placed it.
  static bool dispensable(const item& a) { return !a.required && !a.awaited; }
  /// May be hidden by an action that comes later, if within its cover.
  static bool coverable(const item& a) { return a.required && a.overwrites && a.after == never; }
  bool first_due_is_covered(std::uint32_t cover) const;
  bool ready(const item& a) const { return a.after == never || items_[a.after].placed; }
  /// Position up to which an invocation may come next.
  std::uint32_t bound() const { return due_.front() == due_.end() ? never : items_[due_.front()].returned; }
  void place(local i, state_id state);
  void undo(std::uint32_t trail);

  transition_system* model_ = nullptr;
  step_budget* budget_ = nullptr;
  bool gave_up_ = false;
  relaxation* relaxed_ = nullptr;  ///< what is not `counted` there is unlimited
  std::uint32_t uses_ = 0;         ///< of actions that are unlimited, or could be
  std::size_t memo_before_relaxing_ = 0;
  std::size_t memo_max_ = 0;  ///< in words
  std::uint64_t most_placed_ = 0;

  std::vector<item> items_;
  std::vector<blocked_item> blocked_;
  std::vector<std::uint32_t> local_of_;  ///< by index of the history
  std::vector<presumption> presumptions_;
  std::vector<local> by_response_;
  std::vector<local> sorted_;        ///< as interchangeable_
  std::vector<std::uint64_t> keys_;  ///< to sort by

  linked_order due_;              ///< required, not placed, by response
  linked_order invoked_;          ///< required, not placed, by invocation
  linked_order optional_;         ///< optional, not placed, by invocation
  linked_order watching_;         ///< those that watch, not placed, by response
  linked_order disturbing_;       ///< those that disturb, not placed, by invocation
  linked_order interchangeable_;  ///< not placed, in one list; neighbours that differ in symbol or `after`
                                  ///< are unrelated
  std::uint32_t optional_count_ = 0;
  bool any_after_ = false;
  bool any_grows_ = false;

  /// Placed actions (locals) and the states they led to; `never` for those hidden by the last before them
  /// that overwrites.
  std::vector<placement> trail_;
  std::vector<frame> frames_;
  std::uint64_t placed_hash_ = 0;
  std::vector<std::uint64_t> placed_optional_;
  std::vector<std::uint32_t> indispensable_;  ///< of placed_optional_'s bits, in halves: which are awaited

  probe_table ways_;  ///< 1 or 0 by pair of symbols: makes_way
  probe_table memo_;
  /// Of each node: length, where its last variant begins, state (`never` if it does not matter), unplaced
  /// required actions.
  std::vector<std::uint32_t> nodes_;
  /// Of each variant of a node: the variant before, how many of the unplaced are within the cover,
  /// uses, optional bits.
  std::vector<std::uint32_t> variants_;
  std::vector<std::uint32_t> variant_;  ///< at hand
  std::vector<state_id> met_;           ///< of all nodes
};

}  // namespace heddle::linearizability
