// The table in memory: it outlives the idempotency stores that use it, as a database outlives the processes.
// One mutex, held for single operations.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include <heddle/targets/idempotency_key_store/store_port.hpp>

namespace heddle::targets::idempotency_key_store {

class memory_store : public store_port {
 public:
  std::optional<record> get(const record_key& key) override {
    std::lock_guard held(mutex_);
    const auto found = rows_.find(key);
    return found == rows_.end() ? std::nullopt : std::optional(found->second);
  }

  std::optional<record> insert_if_absent(const record_key& key, const record& row) override {
    std::lock_guard held(mutex_);
    if (rows_.contains(key)) return std::nullopt;
    return insert(key, row);
  }

  std::optional<record> replace_if_unchanged(const record_key& key, std::uint64_t revision,
                                             const record& row) override {
    std::lock_guard held(mutex_);
    const auto found = rows_.find(key);
    if (found == rows_.end() || found->second.revision != revision) return std::nullopt;
    const std::uint64_t id = found->second.id;
    found->second = stamped(row);
    found->second.id = id;
    found->second.revision = ++last_number_;
    return found->second;
  }

  bool erase_if_unchanged(const record_key& key, std::uint64_t revision) override {
    std::lock_guard held(mutex_);
    const auto found = rows_.find(key);
    if (found == rows_.end() || found->second.revision != revision) return false;
    rows_.erase(found);
    return true;
  }

  record put(const record_key& key, const record& row) override {
    std::lock_guard held(mutex_);
    return insert(key, row);
  }

  std::vector<record_key> due(clock::time_point now) override {
    std::lock_guard held(mutex_);
    std::vector<record_key> keys;
    for (const auto& [key, row] : rows_) {
      const bool done = row.state == record::phase::done;
      if (now >= (done ? row.expires_at : row.lease_until)) keys.push_back(key);
    }
    return keys;
  }

 private:
  record insert(const record_key& key, const record& row) {
    record& stored = rows_[key];
    stored = stamped(row);
    stored.id = stored.revision = ++last_number_;
    return stored;
  }

  static record stamped(record row) {
    if (!row.claimed_for) return row;
    const clock::time_point now = clock::now();
    const auto after = [now](std::chrono::nanoseconds d) {
      return d < clock::time_point::max() - now ? now + d : clock::time_point::max();
    };
    row.lease_until = after(row.claimed_for->lease);
    row.expires_at = after(row.claimed_for->retention);
    row.claimed_for.reset();
    return row;
  }

  std::mutex mutex_;
  std::map<record_key, record> rows_;
  std::uint64_t last_number_ = 0;
};

}  // namespace heddle::targets::idempotency_key_store
