#include <heddle/catalogue/pattern.hpp>
#include <heddle/contracts/idempotency_key_store.hpp>
#include <heddle/targets/idempotency_key_store/faulty_delete_key_on_exception.hpp>
#include <heddle/targets/idempotency_key_store/faulty_get_then_set.hpp>
#include <heddle/targets/idempotency_key_store/faulty_key_is_payload_hash.hpp>
#include <heddle/targets/idempotency_key_store/faulty_setnx_then_expire.hpp>
#include <heddle/targets/idempotency_key_store/faulty_ttl_shorter_than_retry.hpp>
#include <heddle/targets/idempotency_key_store/faulty_unscoped_key.hpp>
#include <heddle/targets/idempotency_key_store/memory_store.hpp>
#include <heddle/targets/idempotency_key_store/reference.hpp>

namespace heddle::catalogue {
namespace {

namespace target = targets::idempotency_key_store;
using contracts::idempotency_world;
using contracts::idempotent_request;
using model = models::idempotency_key_store;

target::effect_outcome to_target(const idempotency_world::answer& a) {
  using from = idempotency_world::answer::fate;
  using to = target::effect_outcome::fate;
  const to what = a.what == from::executed       ? to::executed
                  : a.what == from::not_executed ? to::not_executed
                                                 : to::unknown;
  return {what, {200, a.body}};
}

model::reply to_model(const target::reply& r) {
  return {static_cast<model::reply::kind>(r.what), r.answer.body};
}

// The table, as one request sees it: the process may die before any access.
class mortal_table final : public target::store_port {
 public:
  mortal_table(target::store_port& table, idempotency_world& world) : table_(table), world_(world) {}

  void begin(const idempotent_request* r) { request_ = r, calls_ = 0; }

  std::optional<target::record> get(const target::record_key& key) override { return survive().get(key); }
  std::optional<target::record> insert_if_absent(const target::record_key& key,
                                                 const target::record& row) override {
    return survive().insert_if_absent(key, row);
  }
  std::optional<target::record> replace_if_unchanged(const target::record_key& key, std::uint64_t revision,
                                                     const target::record& row) override {
    return survive().replace_if_unchanged(key, revision, row);
  }
  bool erase_if_unchanged(const target::record_key& key, std::uint64_t revision) override {
    return survive().erase_if_unchanged(key, revision);
  }
  target::record put(const target::record_key& key, const target::record& row) override {
    return survive().put(key, row);
  }
  std::vector<target::record_key> due(target::clock::time_point now) override { return survive().due(now); }

 private:
  target::store_port& survive() {
    if (request_ != nullptr) world_.before_table_call(*request_, calls_);
    return table_;
  }

  target::store_port& table_;
  idempotency_world& world_;
  const idempotent_request* request_ = nullptr;
  std::uint32_t calls_ = 0;
};

// Each request is a process of its own on the shared table: what a process keeps in memory dies with it.
template <class Store>
class adapter final : public contracts::idempotency_port {
 public:
  adapter(const contracts::idempotency_settings& s, idempotency_world& world)
      : world_(world),
        options_{.keep = s.store_all ? target::policy::store_all : target::policy::delete_if_not_executed,
                 .lease = s.lease,
                 .retention = s.retention} {}

  model::reply handle(const idempotent_request& r) override {
    mortal_table table(table_, world_);
    table.begin(&r);
    Store store(table, options_);
    return to_model(store.handle(
        r.of.user, r.of.endpoint, r.of.key, r.how.body,
        [&](const std::string& downstream_key) { return to_target(world_.run_effect(r, downstream_key)); }));
  }

  void recover() override {
    Store store(table_, options_);
    store.recover([&](const target::record_key& of, const std::string& downstream_key) {
      return to_target(world_.resume({of.user, of.endpoint, of.key}, downstream_key));
    });
  }

 private:
  idempotency_world& world_;
  target::options options_;
  target::memory_store table_;
};

template <class Store>
contract_pointer store() {
  return contracts::idempotency_key_store(
             [](const contracts::idempotency_settings& s, idempotency_world& world) {
               return std::make_unique<adapter<Store>>(s, world);
             })
      .definition();
}

}  // namespace

pattern idempotency_key_store() {
  return {
      .id = "idempotency_key_store",
      .summary = "same key, one effect and one stored response",
      .condition = "exactly-once effect + lin.",
      .references = {{"reference", store<target::reference>()}},
      .variants = {{"M1", "get_then_set", store<target::faulty_get_then_set>(), 2, 1},
                   {"M2", "setnx_then_expire", store<target::faulty_setnx_then_expire>(), 2, 2},
                   {"M3", "delete_key_on_exception", store<target::faulty_delete_key_on_exception>(), 1, 2},
                   {"M4", "unscoped_key", store<target::faulty_unscoped_key>(), 1, 2},
                   {"M5", "ttl_shorter_than_retry", store<target::faulty_ttl_shorter_than_retry>(), 1, 2},
                   {"M6", "key_is_payload_hash", store<target::faulty_key_is_payload_hash>(), 1, 2}},
      .must_reach = {},
  };
}

}  // namespace heddle::catalogue
